const next = require("next");
require("http").createServer(next({}).getRequestHandler()).listen(3030);
