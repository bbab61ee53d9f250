/**
 * The few web-standard globals that the core may use. Everything else a platform offers (timers,
 * `process`, `Buffer`) is absent on purpose: a slip does not compile under `tsconfig.core.json`.
 */

interface Crypto {
  getRandomValues<T extends Uint8Array>(array: T): T;
}

declare const crypto: Crypto;

declare class TextEncoder {
  encode(text: string): Uint8Array;
}

declare class TextDecoder {
  decode(bytes: Uint8Array): string;
}
