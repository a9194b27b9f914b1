const http = require("node:http");

module.exports = class Application {
  listen(...options) {
    return http.createServer(this.callback()).listen(...options);
  }
};
