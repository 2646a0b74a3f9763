// The globals of this folder, as apps see them.

interface FileReaderEventMap {
  loadstart: ProgressEvent;
  progress: ProgressEvent;
  load: ProgressEvent;
  abort: ProgressEvent;
  error: ProgressEvent;
  loadend: ProgressEvent;
}

/**
 * Reads a Blob with events. Blob's own methods do the same with promises, and but for readAsText with an encoding,
 * nothing needs this one. https://w3c.github.io/FileAPI/#APIASynch
 */
declare class FileReader extends EventTarget<FileReaderEventMap> {
  constructor();
  static readonly EMPTY: 0;
  static readonly LOADING: 1;
  static readonly DONE: 2;
  readonly EMPTY: 0;
  readonly LOADING: 1;
  readonly DONE: 2;
  /** Throws an InvalidStateError, as the other three do, while the reader is reading. */
  readAsArrayBuffer(blob: Blob): void;
  /** @deprecated Use readAsArrayBuffer. */
  readAsBinaryString(blob: Blob): void;
  /** In an encoding by its label, else that of the Blob's type, else UTF-8; a byte order mark overrules each. */
  readAsText(blob: Blob, encoding?: string): void;
  readAsDataURL(blob: Blob): void;
  abort(): void;
  readonly readyState: number;
  readonly result: string | ArrayBuffer | null;
  readonly error: DOMException | null;
  onloadstart: ((event: ProgressEvent) => unknown) | null;
  onprogress: ((event: ProgressEvent) => unknown) | null;
  onload: ((event: ProgressEvent) => unknown) | null;
  onabort: ((event: ProgressEvent) => unknown) | null;
  onerror: ((event: ProgressEvent) => unknown) | null;
  onloadend: ((event: ProgressEvent) => unknown) | null;
}
