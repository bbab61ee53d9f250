/** WinSpd's launcher: disks that Explorer mounts and ejects. */
export {
  associateDiskFiles,
  dissociateDiskFiles,
  EVERYBODY_MAY_START,
  launcherClasses,
  readLauncherClass,
  registerLauncherClass,
  unregisterLauncherClass,
  type LauncherClass,
} from './launcher-class.ts';
export { LauncherError, type LauncherErrorCode } from './launcher-error.ts';
export { callLauncher, LAUNCHER_PIPE, type LauncherCallOptions } from './launcher-pipe.ts';
export {
  openLauncher,
  type Launcher,
  type LauncherCall,
  type LauncherInstance,
  type LauncherInstanceInfo,
} from './launcher.ts';
export {
  decodeLauncherReply,
  encodeLauncherCommand,
  type LauncherCommand,
  type LauncherReply,
} from './message.ts';
export type { Registry, RegistryContent, RegistryKey } from './registry.ts';
