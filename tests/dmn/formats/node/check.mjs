// Reads DMN files by name from standard input, one a line. For each prints a line of JSON: the warnings of dmn-moddle, and the file as it
// writes it again. The library is the one installed in the folder that the argument names.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const place = createRequire(join(resolve(process.argv[2]), 'package.json')).resolve('dmn-moddle');
const { default: DmnModdle } = await import(pathToFileURL(place).href);

for await (const name of createInterface({ input: process.stdin })) {
  const moddle = new DmnModdle();
  const { rootElement, warnings } = await moddle.fromXML(readFileSync(name, 'utf8'), 'dmn:Definitions');
  const { xml } = await moddle.toXML(rootElement, { format: true });
  console.log(JSON.stringify({ warnings: warnings.map((warning) => warning.message), xml }));
}
