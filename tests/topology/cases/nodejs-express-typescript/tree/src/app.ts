import express from "express";

export const app = express();
app.get("/health", (_, response) => response.send("ok"));
