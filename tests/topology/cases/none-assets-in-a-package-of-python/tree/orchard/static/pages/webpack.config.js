module.exports = { entry: "./pages.js", output: { path: __dirname + "/dist" } };
