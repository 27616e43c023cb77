// The package asterisk-manager 0.2.0 has no types. An instance made without a port opens no socket, and its methods are
// plain writable properties (read in its source, lib/ami.js); the facade replaces them.
declare module 'asterisk-manager' {
  type AsteriskManager = import('./types.ts').AsteriskManager
  // biome-ignore lint/suspicious/noRedeclare: a type and a function may share a name, as here in the package's users' code
  function AsteriskManager(port?: number | string): AsteriskManager
  export default AsteriskManager
}
