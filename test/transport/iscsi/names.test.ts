import { expect, test } from 'vitest';
import { isIscsiName, normalizeName } from '../../../src/transport/iscsi/names.ts';

test.each([
  ['iqn.2026-11.com.example', true],
  ['iqn.2026-11.com.example:disk,1', true],
  ['iqn.2026-13.com.example:disk', false],
  ['iqn.2026-11.com.example:a b', false],
  ['iqn.2026-11.', false],
  ['eui.02004567a425678d', true],
  ['eui.02004567a425678', false],
  ['naa.52004567ba64678d', true],
  ['naa.62004567ba64678d0123456789abcdef', true],
  ['naa.62004567ba64678d01234567', false],
  ['disk', false],
  ['', false],
  [`iqn.2026-11.com.example:${'a'.repeat(199)}`, true],
  [`iqn.2026-11.com.example:${'a'.repeat(200)}`, false],
])('%s is an iSCSI name: %s', (name, valid) => {
  expect(isIscsiName(name)).toBe(valid);
});

test('names are compared without regard to case and width', () => {
  expect(normalizeName('IQN.2026-11.com.Example:ＤＩＳＫ')).toBe('iqn.2026-11.com.example:disk');
});
