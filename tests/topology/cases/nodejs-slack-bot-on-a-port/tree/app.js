const { App } = require("@slack/bolt");

new App({ token: process.env.SLACK_BOT_TOKEN });
const app = new App({});
app.start(process.env.PORT || process.env.BOT_PORT || 3100);
