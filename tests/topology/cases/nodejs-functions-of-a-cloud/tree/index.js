const app = require("express")(); module.exports.handler = require("serverless-http")(app);
