/** koffi, but the calls that reach the miniport are those of fake-miniport.dll. */
const { createRequire } = require('node:module');
const { join } = require('node:path');

// This is node_modules/koffi/index.cjs in a folder of the folder that has the real one.
const koffi = createRequire(join(__dirname, '../../../index.cjs'))('koffi');

const FAKED = /\b(CreateFileW|CloseHandle|DeviceIoControl|CancelIoEx|SetupDi\w+)\b/;

const faked = {
  ...koffi,
  load(name) {
    const library = koffi.load(name);
    const fake = koffi.load('fake-miniport.dll');
    return {
      func: (prototype, ...rest) =>
        FAKED.test(prototype)
          ? fake.func(prototype.replace(FAKED, 'Fake$1'), ...rest)
          : library.func(prototype, ...rest),
    };
  },
};

// koffi has itself for its default.
module.exports = { ...faked, default: faked };
