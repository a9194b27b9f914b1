import { Hono } from 'hono'

const app = new Hono()

export default { port: 8787, fetch: app.fetch }
