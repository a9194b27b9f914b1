const express = require('express');

const port = process.env.pantry_port || 5050;
const app = express();
app.get('/', (request, response) => response.send('jam'));
app.listen(port);
