const Fastify = require("fastify");
exports.run = (args) => Fastify().register(require(args[0])).listen({ port: process.env.PORT || 3000 });
