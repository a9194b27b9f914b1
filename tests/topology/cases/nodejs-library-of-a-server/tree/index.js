const http = require("http");

exports.createProxy = (options) => http.createServer(options.handle);
