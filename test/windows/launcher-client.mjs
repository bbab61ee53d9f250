/** Asks a launcher behind a pipe: `node launcher-client.mjs PIPE anyone|system`. */
import { callLauncher, openLauncher } from './dist/winspd/index.js';

const [pipe, owner] = process.argv.slice(2);
const launcher = openLauncher((message) => callLauncher(message, { pipe, owner }));
const instance = { className: 'img', instanceName: 'C:\\é.img' };
const said = [];
const ask = async (question) => {
  try {
    said.push((await question) ?? 'done');
  } catch ({ code, win32 }) {
    said.push({ code, win32 });
  }
};
await ask(launcher.start(instance, [instance.instanceName]));
await ask(launcher.info(instance));
await ask(launcher.stop(instance));
await ask(launcher.list());
console.log(JSON.stringify(said));
