export default {
  build: { outDir: '../server/static', emptyOutDir: true },
}
