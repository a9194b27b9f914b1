"""The frameworks of Node.js: what depends on them, their habits. Tables only."""

from __future__ import annotations

import re

# Frameworks that build and start themselves. Ahead of the others: what contains them.
META = {
    "@redwoodjs/api": "redwood-api", "@blitzjs/next": "blitz", "@keystone-6/core": "keystone",
    "@keystone-next/keystone": "keystone",
    "@strapi/strapi": "strapi", "strapi": "strapi", "@medusajs/medusa": "medusa", "waku": "waku",
    "next": "nextjs", "nuxt": "nuxt", "nuxt3": "nuxt", "nuxt-edge": "nuxt",
    "@remix-run/node": "remix", "@remix-run/serve": "remix", "@remix-run/express": "remix", "@remix-run/dev": "remix",
    "@react-router/dev": "react-router", "@react-router/serve": "react-router", "@react-router/node": "react-router",
    "@sveltejs/kit": "sveltekit", "@solidjs/start": "solidstart", "solid-start": "solidstart",
    "@tanstack/react-start": "tanstack-start",
    "@tanstack/start": "tanstack-start", "@analogjs/platform": "analog", "@builder.io/qwik-city": "qwik", "astro": "astro",
    "@nestjs/core": "nestjs", "@adonisjs/core": "adonisjs", "directus": "directus", "payload": "payload",
    "sails": "sails", "@loopback/rest": "loopback", "@feathersjs/feathers": "feathers", "@foal/core": "foal",
    "@midwayjs/core": "midway",
    "egg": "egg", "moleculer": "moleculer", "meteor-node-stubs": "meteor", "nitropack": "nitro", "nitro": "nitro",
}  # fmt: skip
# Libraries that a program of one's own starts. A client of Socket.IO needs another library.
SERVERS = {
    "elysia": "elysia", "fastify": "fastify", "hono": "hono", "koa": "koa", "@hapi/hapi": "hapi", "restify": "restify", "h3": "h3",
    "polka": "polka", "@tinyhttp/app": "tinyhttp", "hyper-express": "hyper-express", "parse-server": "parse-server",
    "express": "express", "apollo-server": "apollo", "@apollo/server": "apollo", "graphql-yoga": "graphql-yoga",
    "json-server": "json-server", "@grpc/grpc-js": "grpc", "socket.io": "socket.io", "ws": "ws", "colyseus": "colyseus",
    "probot": "probot", "@adonisjs/framework": "adonisjs",
}  # fmt: skip
CLIENTS_TOO = frozenset({"ws", "grpc", "h3"})
STATIC = {
    "@angular/core": "angular", "react-scripts": "create-react-app", "gatsby": "gatsby", "@vue/cli-service": "vue-cli",
    "@docusaurus/core": "docusaurus", "vitepress": "vitepress", "vuepress": "vuepress", "@11ty/eleventy": "eleventy",
    "hexo": "hexo", "nextra": "nextra", "umi": "umi", "@umijs/max": "umi", "@quasar/app-vite": "quasar", "ember-cli": "ember",
    "preact-cli": "preact-cli", "@redwoodjs/web": "redwood",
    "vite": "vite", "@rsbuild/core": "rsbuild", "@farmfe/core": "farm", "parcel": "parcel",
    "parcel-bundler": "parcel", "@rspack/cli": "rspack", "webpack-dev-server": "webpack", "gridsome": "gridsome",
    "@slidev/cli": "slidev", "sanity": "sanity", "rspress": "rspress", "@rspress/core": "rspress",
}  # fmt: skip
OUTPUTS = {
    "create-react-app": "build", "gatsby": "public", "eleventy": "_site", "docusaurus": "build", "hexo": "public",
    "quasar": "dist/spa", "preact-cli": "build", "rspress": "doc_build",
}  # fmt: skip
# What makes a page for each address, and one for those that are not there.
PAGES = frozenset(
    {"astro", "docusaurus", "eleventy", "gatsby", "hexo", "nextjs", "nextra", "nuxt", "sveltekit", "vitepress", "vuepress"}
)
WORKERS = {
    "discord.js": "discord.js", "telegraf": "telegraf", "grammy": "grammy", "node-telegram-bot-api": "node-telegram-bot-api",
    "@slack/bolt": "slack-bolt", "whatsapp-web.js": "whatsapp-web.js", "tmi.js": "tmi.js", "bullmq": "bullmq", "bull": "bull",
    "@sapphire/framework": "discord.js", "eris": "eris", "oceanic.js": "oceanic.js", "baileys": "baileys",
    "@whiskeysockets/baileys": "baileys", "matrix-bot-sdk": "matrix-bot-sdk", "mineflayer": "mineflayer",
    "@twurple/chat": "twurple",
    "agenda": "agenda", "node-cron": "node-cron", "node-schedule": "node-schedule",
    "kafkajs": "kafkajs", "amqplib": "amqplib", "@temporalio/worker": "temporal",
}  # fmt: skip
PORTS = {
    "adonisjs": 3333, "strapi": 1337, "directus": 8055, "medusa": 9000, "feathers": 3030, "parse-server": 1337, "apollo": 4000,
    "graphql-yoga": 4000, "astro": 4321, "angular": 4000, "restify": 8080, "sails": 1337, "egg": 7001, "midway": 7001,
    "grpc": 50051,
    "foal": 3001, "redwood-api": 8911, "colyseus": 2567,
}  # fmt: skip
LINES = {
    "nextjs": "npx next start --port $PORT",
    "blitz": "npx blitz start --port $PORT",
    "nuxt": "node .output/server/index.mjs",
    "solidstart": "node .output/server/index.mjs",
    "tanstack-start": "node .output/server/index.mjs",
    "nitro": "node .output/server/index.mjs",
    "analog": "node dist/analog/server/index.mjs",
    "sveltekit": "node build",
    "remix": "npx remix-serve ./build/server/index.js",
    "react-router": "npx react-router-serve ./build/server/index.js",
    "astro": "node ./dist/server/entry.mjs",
    "strapi": "npx strapi start",
    "directus": "npx directus bootstrap && npx directus start",
    "medusa": "npx medusa start",
    "waku": "npx waku start",
    # Without an adapter there is nothing but the preview.
    "qwik": "npx vite preview --host 0.0.0.0 --port $PORT",
    "keystone": "npx keystone start",
    "redwood-api": "npx rw serve api --port $PORT",
    "payload": "npx next start --port $PORT",
    "adonisjs": "node build/bin/server.js",
    "json-server": "npx json-server --host 0.0.0.0 --port $PORT db.json",
}
BUILDS = {
    "nextjs": "next build", "nuxt": "nuxt build", "remix": "remix vite:build", "react-router": "react-router build",
    "sveltekit": "vite build", "astro": "astro build", "nestjs": "nest build", "strapi": "strapi build", "vite": "vite build",
    "angular": "ng build", "create-react-app": "react-scripts build", "gatsby": "gatsby build", "eleventy": "eleventy",
    "docusaurus": "docusaurus build", "vitepress": "vitepress build", "payload": "next build", "keystone": "keystone build",
    "redwood": "rw build web", "redwood-api": "rw build api",
}  # fmt: skip
DEV_SERVER = re.compile(
    r"\b(?:nodemon|node-dev|ts-node-dev|tsnd|tsx\s+watch|node\s+--watch\S{0,20}|next\s+dev|nuxt\s+dev|nuxi\s+dev|nuxt\s+preview|nuxi\s+preview"
    r"|nest\s+start\s[^&|;]{0,60}(?:--watch|--debug|-w\b)|ng\s+serve|ng\s+s\b|vue-cli-service\s+serve|webpack\s+serve[r]?\b|web-ext\s+run|webpack-dev-server|webpack[^&|;]{0,80}--watch"
    r"|react-scripts\s+start|react-app-rewired\s+start|craco\s+start|gatsby\s+develop|gatsby\s+serve|astro\s+(?:dev|preview)|remix\s+dev|remix\s+vite:dev"
    r"|react-router\s+dev|strapi\s+develop|medusa\s+develop|keystone\s+dev|parcel(?!\s+build)|vite\s+(?:dev|serve|preview)\b|vite\s+-|vite\s{0,5}(?:$|&)"
    r"|vitepress\s+dev|vuepress\s+dev|docusaurus\s+start|eleventy\s+--serve|bun\s+(?:run\s+)?--(?:watch|hot)|bun\s+--hot|live-server|lite-server|browser-sync"
    r"|concurrently|electron(?:-forge|-vite)?\b|expo\s+start|react-native\s+start|ionic\s+serve|storybook\b|start-storybook|styleguidist|tsc\s+(?:-w|--watch)"
    r"|rollup\s[^&|;]{0,60}(?:-\w*w|--watch)|microbundle\s+watch|tsdx\s+watch|gulp\b|grunt\b|wrangler\s+(?:dev|pages)|netlify\s+dev|vercel\s+dev"
    r"|sls\s+offline|serverless\s+offline|firebase\s+(?:serve|emulators)|func\s+start|ember\s+serve|hexo\s+server|(?:umi|max|dumi)\s+dev|quasar\s+dev|adonis\s+serve"
    r"|ace\s+serve|turbo\s+(?:run\s+)?dev|nx\s+serve|lerna\s+run|rsbuild\s+dev|budo\b|pm2-dev|supervisor\b|forever\s+-w|wds\b|vike\s+dev|waku\s+dev|vinxi\s+dev"
    r"|tsx\s+--watch|(?:next|nuxt|nuxi|astro|rsbuild|rspress)\s{0,5}(?:$|&)|sanity\s+(?:start|dev)|slidev(?!\s+(?:build|export))|backstage-cli\s+(?:package|repo)\s+start|rspress\s+dev|rspack\s+(?:dev|serve)"
    r"|docsify\s+serve|react-scripts-ts\s+start|razzle\s+start|encore\s+dev-server|gridsome\s+develop|vite\s+build\s[^&|;]{0,40}--watch)"
)
STATIC_SERVER = re.compile(
    r"^(?:cross-env\s+)?(?:\w+=\S+\s+)*(?:npx\s+(?:-y\s+|--yes\s+)?)?(?:serve|sirv|http-server|superstatic|ws)\b"
)
LISTENS = re.compile(
    r"\.listen\(|\bcreateServer\(|\b(?:Bun|Deno)\.serve\(|\bserve\(\s{0,20}(?:\{|app)|\bnew\s+(?:WebSocketServer|WebSocket\.Server|Koa|Elysia|ApolloServer|ParseServer)\("
    r"|\bapp\.start\(\s{0,5}(?:\(?\s{0,3}process\.env|Number\(|parseInt\(|\+|\d|\{\s{0,5}port\b|port\b)"
    r"|\bstartStandaloneServer\(|\bNestFactory\.create|\bhapi\.server\(|\bHapi\.server\("
    r"|\brequire\(\s{0,3}[\"']socket\.io[\"']\s{0,3}\)\(\s{0,5}(?:\d|process\.env)|\bnew\s+Server\(\s{0,5}(?:\d|process\.env)"
)
# What Bun serves; a worker of Cloudflare looks the same.
BUN_SERVES = re.compile(r"\bexport\s+default\s+\{\s{0,40}(?:port|fetch)\b")
HANDLER = re.compile(
    r"^(?:module\.)?exports\.handler\s{0,3}=|^export\s{1,3}(?:const|let|async\s{1,3}function|function)\s{1,3}handler\b",
    re.MULTILINE,
)
KEEPS_RUNNING = re.compile(
    r"\.login\(|\b(?:bot|telegraf|client|app)\.launch\(|\bnew\s+(?:Worker|Queue|CronJob|Agenda|Telegraf|Bot|TelegramBot)\(|\bcron\.schedule\(|\bsetInterval\(|\.subscribe\("
    r"|\.consume\(|\bbot\.start\(|\beachMessage\b|\bscheduleJob\(|\bwhile\s?\((?:true|1)\)"
)
MADE = (
    ("express", re.compile(r"\bexpress\(\)")), ("fastify", re.compile(r"\b[fF]astify\(")), ("koa", re.compile(r"\bnew Koa\(")),
    ("hono", re.compile(r"\bnew (?:Hono|OpenAPIHono)\b")), ("elysia", re.compile(r"\bnew Elysia\b")),
)  # fmt: skip
NO_SERVICES = {
    "electron": "a desktop application", "react-native": "a mobile application", "expo": "a mobile application",
    "@capacitor/core": "a mobile application", "@tauri-apps/api": "a desktop application",
    "@tauri-apps/cli": "a desktop application",
    "@nativescript/core": "a mobile application",
    "nw": "a desktop application", "plasmo": "an extension of a browser", "wxt": "an extension of a browser",
    "@raycast/api": "an extension of a desktop application", "obsidian": "an extension of a desktop application",
    "aws-cdk-lib": "a description of infrastructure", "@pulumi/pulumi": "a description of infrastructure",
    "firebase-functions": "functions of Firebase", "wrangler": "a worker of Cloudflare", "serverless": "functions of a cloud",
    "@crxjs/vite-plugin": "an extension of a browser", "vite-plugin-web-extension": "an extension of a browser",
}  # fmt: skip
# These may stand beside a server of one's own, which then counts.
NO_SERVICES_UNLESS_SERVED = frozenset(
    {"wrangler", "serverless", "aws-cdk-lib", "@pulumi/pulumi", "firebase-functions", "@capacitor/core"}
)
PUBLIC_VARIABLES = re.compile(
    r"\b(?:process\.env\.|import\.meta\.env\.)?((?:VITE|NEXT_PUBLIC|REACT_APP|NUXT_PUBLIC|PUBLIC|GATSBY|VUE_APP|EXPO_PUBLIC)_[A-Z][A-Z0-9_]{0,60})\b"
)

# LISTENS, KEEPS_RUNNING and MADE each need one of these in a text: without any, it need not be searched. Searching is what costs.
SIGNS = (
    ".listen(", "app.start(",
    "createServer(", "serve(", "WebSocket", "Koa(", "Elysia", "ApolloServer(", "ParseServer(", "startStandaloneServer(",
    "NestFactory", "default", "api.server(", ".login(", ".launch(", "Worker(", "Queue(", "CronJob(", "Agenda(", "Telegraf(",
    "Bot(", "schedule", "setInterval(", ".subscribe(", ".consume(", "bot.start(", "eachMessage", "while", "express(", "astify(",
    "Hono", "handler", "socket.io", "Server(",
)  # fmt: skip
EDGE_FILES = ("wrangler.toml", "wrangler.json", "wrangler.jsonc")
