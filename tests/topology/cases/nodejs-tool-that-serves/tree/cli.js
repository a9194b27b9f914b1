#!/usr/bin/env node
const start = require("./start");
start.run(process.argv.slice(2));
