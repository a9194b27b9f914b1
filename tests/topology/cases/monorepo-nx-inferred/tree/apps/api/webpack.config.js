const { NxAppWebpackPlugin } = require('@nx/webpack/app-plugin');

module.exports = {
  plugins: [new NxAppWebpackPlugin({ target: 'node', main: './src/main.ts' })],
};
