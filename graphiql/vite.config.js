import { defineConfig } from "vite";

// The result ships inside the Python package, so that installing that needs no Node. Nothing in it comes from another host.
export default defineConfig({
  base: "./",
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: "../kyozo_gql/schema/static/graphiql",
    emptyOutDir: true,
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
    license: { fileName: "third-party-licenses.md" },
  },
});
