export default { webServer: { command: 'npx nx run shop:preview' } };
