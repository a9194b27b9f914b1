module.exports = { guard: () => (request, response, next) => next() };
