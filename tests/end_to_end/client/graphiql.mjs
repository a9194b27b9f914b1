// Uses GraphiQL as a person does, in Chromium, and prints what it showed as one JSON document.
// usage: node graphiql.mjs URL CHROMIUM SCREENSHOT, then on standard input {"team", "service"}: the ids to work with
import { chromium } from 'playwright-core';

const [url, executablePath, screenshot] = process.argv.slice(2);
let input = '';
for await (const chunk of process.stdin) input += chunk;
const { team, service } = JSON.parse(input);

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const more = ['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const browser = await chromium.launch({ executablePath, args: [...flags, ...more] });
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(30_000);
const problems = [];
const foreign = [];
page.on('pageerror', (error) => problems.push(String(error)));
page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
page.on('request', (request) => {
  const address = new URL(request.url());
  if (!['data:', 'blob:'].includes(address.protocol) && address.origin !== new URL(url).origin) foreign.push(request.url());
});

const result = () => page.locator('.result-window .view-lines').innerText().then((text) => text.replaceAll('\u00a0', ' '));
const showsResult = async (...texts) => {
  const until = Date.now() + 60_000;
  for (;;) {
    const shown = await result();
    if (texts.every((text) => shown.includes(text))) return shown;
    if (Date.now() > until) throw new Error(`the result never showed ${texts}: ${shown}`);
    await page.waitForTimeout(100);
  }
};
const tab = (name) => page.locator('.graphiql-tab-button', { hasText: new RegExp(`^${name}$`) });
const execute = () => page.locator('.graphiql-execute-button').click();
const setVariables = async (value) => {
  await page.getByRole('button', { name: 'Variables', exact: true }).click();
  await page.locator('.graphiql-editors .monaco-editor:visible').last().click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(JSON.stringify(value));
  await page.keyboard.press('ControlOrMeta+Shift+End'); // what the editor closed by itself
  await page.keyboard.press('Delete');
};

try {
  await page.goto(`${url}/graphiql`);
  await tab('Overview').waitFor();
  await page.locator('.graphiql-query-editor .view-lines').getByText('viewer').waitFor();
  await page.waitForLoadState('networkidle'); // the schema is there: what is executed before has no effect
  const tabs = await page.locator('.graphiql-tab-button').allInnerTexts();

  await tab('Overview').click();
  await execute();
  const query = await showsResult('"viewer"', '"email"');

  await tab('CreateWorkspace').click();
  await setVariables({ input: { teamId: team, name: 'made-in-the-browser' } });
  await execute();
  const mutation = await showsResult('"createWorkspace"', 'made-in-the-browser');

  await tab('ServiceStatus').click();
  await setVariables({ serviceInstanceId: service });
  await execute();
  const before = await showsResult('"serviceStatusChanged"', 'DEPLOYABLE');
  const token = await page.evaluate(() => JSON.parse(document.getElementById('kyozo-config').textContent).token);
  const deploy = 'mutation($i: DeployServiceInput!) { deployService(input: $i) { __typename } }';
  await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: deploy, variables: { i: { serviceInstanceId: service } } }),
  });
  const after = await showsResult('RUNNING');
  await execute(); // stops it

  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-doc-explorer-title').waitFor();
  await page.locator('.graphiql-doc-explorer-content').getByText('Mutation', { exact: true }).first().click();
  await page.locator('.graphiql-doc-explorer-content').getByText('deployService', { exact: true }).first().click();
  const docs = await page.locator('.graphiql-doc-explorer-content').innerText();
  await page.screenshot({ path: screenshot });

  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
  const explorer = await page.locator('.graphiql-explorer-root, .docExplorerWrap').first().innerText();
  console.log(JSON.stringify({ tabs, query, mutation, before, after, docs, explorer, problems, foreign }));
} catch (error) {
  await page.screenshot({ path: screenshot }).catch(() => {});
  console.log(JSON.stringify({ failed: String(error), problems, foreign }));
} finally {
  await browser.close();
}
