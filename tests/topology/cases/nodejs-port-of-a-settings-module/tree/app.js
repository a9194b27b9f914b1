const express = require('express');
const settings = require('./settings');

const app = express();
app.listen(settings.port);
