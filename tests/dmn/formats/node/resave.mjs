// Reads workbooks by name from standard input, one a line, and saves each again in its place, as a person would who opens it and changes nothing.
// SheetJS is the one installed in the folder that the argument names.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const { read, write } = createRequire(join(resolve(process.argv[2]), 'package.json'))('xlsx');

for await (const name of createInterface({ input: process.stdin })) {
  writeFileSync(name, write(read(readFileSync(name)), { type: 'buffer', bookType: 'xlsx', compression: true }));
  console.log(name);
}
