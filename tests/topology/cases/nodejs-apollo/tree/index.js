const { ApolloServer } = require('@apollo/server');
const { startStandaloneServer } = require('@apollo/server/standalone');
startStandaloneServer(new ApolloServer({}), { listen: { port: 4000 } });
