module.exports = console.log
