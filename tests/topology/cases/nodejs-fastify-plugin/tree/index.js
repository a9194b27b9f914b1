const fp = require("fastify-plugin");
module.exports = fp(async (app) => {});
