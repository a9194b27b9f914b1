const express = require('express');

class Server {
  constructor() {
    this.app = express();
    this.port = process.env.PORT;
  }

  listen() {
    this.app.listen(this.port, () => console.log('pantry'));
  }
}

module.exports = Server;
