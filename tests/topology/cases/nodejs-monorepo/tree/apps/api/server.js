require("fastify")().listen({ port: 3333 });
