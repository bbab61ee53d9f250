/** Where the miniport is: names as WinSpd takes them. */
import { WinSpdError } from '../errors.ts';

/** The hardware id of WinSpd's device. */
export const WINSPD_DEVICE: string = String.raw`root\winspd`;

const GLOBAL_ROOT = String.raw`\\?\GLOBALROOT`;

/**
 * The path of a device.
 *
 * @param name - a path (`\\?\…`, `\\.\…`), an object of the kernel (`\Device\…`), a hardware id, or
 * a name of the Win32 name space.
 * @param namesOf - the objects that have a hardware id.
 * @throws WinSpdError - DEVICE_MISSING: no device has the hardware id.
 */
export function devicePath(
  name: string,
  namesOf: (hardwareId: string) => readonly string[],
): string {
  if (/^\\\\[?.]\\/.test(name)) return name;
  if (name.startsWith('\\')) return GLOBAL_ROOT + name;
  if (!/[\\*]/.test(name)) return `\\\\?\\${name}`;
  const [found] = namesOf(name);
  if (found === undefined) throw deviceMissing(name);
  return GLOBAL_ROOT + found;
}

/** There is no device of this name. */
export function deviceMissing(name: string, cause?: unknown): WinSpdError {
  const todo =
    'install WinSpd (https://github.com/winfsp/winspd), and see that its device is started';
  return new WinSpdError('DEVICE_MISSING', `Windows has no device '${name}': ${todo}`, { cause });
}
