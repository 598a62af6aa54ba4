'use strict'

const assert = require('node:assert')
const { test } = require('node:test')

test('the package says what it is', () => assert.equal(require('../package.json').name, 'pheme-api'))
