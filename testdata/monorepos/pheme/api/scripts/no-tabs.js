'use strict'

const { readFileSync } = require('node:fs')

if (readFileSync('src/title.js', 'utf8').includes('\t')) process.exit(1)
