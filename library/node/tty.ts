// node:tty: there are no terminals.
export default { isatty: () => false };
