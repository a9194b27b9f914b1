import express from 'express'

const port = process.env.PORT || 3333
express().listen(port)
