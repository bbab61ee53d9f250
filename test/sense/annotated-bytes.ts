/**
 * Bytes with their meaning beside them: each line begins with bytes in hexadecimal, a blank between
 * two of them; after two blanks or more comes what they mean.
 */
export function bytes(text: TemplateStringsArray): Uint8Array {
  const digits = text
    .join('')
    .split('\n')
    .flatMap((line) => {
      const [code = ''] = line.trim().split('  ');
      return code === '' ? [] : code.split(' ');
    });
  for (const pair of digits)
    if (!/^[0-9a-f]{2}$/.test(pair)) throw new Error(`not a byte: ${JSON.stringify(pair)}`);
  return Uint8Array.from(digits, (pair) => Number.parseInt(pair, 16));
}
