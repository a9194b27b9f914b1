// What the server wrote into the page.
export function readConfig() {
  const given = JSON.parse(document.getElementById("kyozo-config").textContent);
  return {
    endpoint: new URL(given.endpoint ?? "/graphql", location.href).href,
    subscriptionEndpoint: webSocketUrl(given.subscriptionEndpoint ?? "/graphql"),
    token: given.token ?? null,
  };
}

function webSocketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
