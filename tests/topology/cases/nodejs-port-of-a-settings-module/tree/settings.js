module.exports = {
  database: { host: 'localhost', port: 5432 },
  port: 4466,
};
