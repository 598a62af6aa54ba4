'use strict'

const assert = require('node:assert')
const { test } = require('node:test')
const { title } = require('../src/title.js')

test('a title is in capitals', () => assert.equal(title(' pheme '), 'PHEME'))
