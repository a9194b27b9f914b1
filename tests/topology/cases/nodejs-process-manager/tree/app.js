const express = require("express");
const { port } = require("./config/settings");

express().listen(port);
