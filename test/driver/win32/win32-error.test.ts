import { describe, expect, it } from 'vitest';
import { win32Error } from '../../../driver/win32/win32-error.ts';

describe('win32Error', () => {
  it('has the name, the number and what to do', () => {
    const error = win32Error('open', 5);
    expect(error.message).toBe('open: ERROR_ACCESS_DENIED (5): run as administrator');
    expect([error.code, error.win32]).toEqual(['WIN32', 5]);
  });

  it('says what to do about this call where it knows more', () => {
    expect(win32Error('open', 5, { 5: 'ask nicely' }).message).toMatch(/: ask nicely$/);
  });

  it('has the number of errors that mean nothing here', () => {
    expect(win32Error('open', 4711).message).toBe('open: Win32 error 4711');
  });
});
