module.exports = {
  outputDir: 'www',
};
