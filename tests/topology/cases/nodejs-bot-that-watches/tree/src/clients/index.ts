import { Client } from "discord.js";
export const openClient = (token?: string) => new Client({ intents: [] }).login(token);
