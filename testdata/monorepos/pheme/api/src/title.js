'use strict'

exports.title = (name) => name.trim().toUpperCase()
