exports.log = console.log
