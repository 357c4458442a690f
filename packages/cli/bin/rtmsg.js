#!/usr/bin/env node
// A file of its own, and not one that is built: an install links a command only if its file is there already.
import "../dist/main.js";
