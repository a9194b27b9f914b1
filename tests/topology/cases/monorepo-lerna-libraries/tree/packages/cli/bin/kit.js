#!/usr/bin/env node
require('commander').program.parse()
