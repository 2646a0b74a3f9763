// The module of this folder, as apps see it.

declare module "hedge:image" {
  /** "#f80", "#ff8800", "#ff880080", or red, green, blue and perhaps how opaque, from 0 to 255. */
  export type Color = string | readonly [number, number, number, number?];

  export type Side = "center" | "north" | "northeast" | "east" | "southeast" | "south" | "southwest" | "west" | "northwest";

  /** Which part of a picture is kept: at a side, what draws the eye ("attention"), or where most is to be seen ("entropy"). */
  export interface Anchor {
    gravity?: Side | "attention" | "entropy";
    /** The point that is to stay, as parts of the width and the height, from 0 to 1. It comes before gravity. */
    focus?: readonly [number, number];
  }

  export interface Place {
    gravity?: Side;
    /** In pixels, instead of gravity; less than 0 counts from the right and the bottom. */
    left?: number;
    top?: number;
    /** From the sides that gravity leads to, in pixels. */
    margin?: number;
  }

  export interface ResizeOptions extends Anchor {
    /** In pixels. One of the two may be missing: it follows from the other. */
    width?: number;
    height?: number;
    /** As CSS's object-fit; "inside" is as large as the box allows, "outside" as small as it may be to reach its sides. "cover" is the default. */
    fit?: "cover" | "contain" | "fill" | "inside" | "outside";
    /** Pixels of the screen for each of width and height. */
    dpr?: number;
    /** Lets the picture become larger than it is. */
    enlarge?: boolean;
    /** Of "contain"; nothing by default. */
    background?: Color;
  }

  export interface CropOptions extends Anchor {
    width: number;
    height: number;
    left?: number;
    top?: number;
  }

  export interface OverlayOptions extends Place {
    /** From 0 to 1. */
    opacity?: number;
    blend?: "over" | "multiply" | "screen" | "overlay" | "darken" | "lighten" | "colour-dodge" | "colour-burn" | "hard-light" | "soft-light" | "difference" | "exclusion" | "add" | "atop" | "in" | "out" | "dest-in" | "dest-out";
    /** Again and again, all over. */
    tile?: boolean;
    /** Its width, as a part of the picture's. */
    scale?: number;
  }

  export interface TextOptions extends Place {
    /** A TrueType or OpenType font; Go's sans serif by default. */
    font?: ArrayBuffer | ArrayBufferView;
    /** Go's bold face, where no font is given. */
    bold?: boolean;
    /** Of the font, in pixels; 32 by default. */
    size?: number;
    /** Black by default. */
    color?: Color;
    align?: "left" | "center" | "right";
    /** Where lines end, in pixels. */
    width?: number;
    /** As a part of the size; 1.25 by default. */
    lineHeight?: number;
    shadow?: { color?: Color; x?: number; y?: number; blur?: number };
  }

  export interface OutputOptions {
    /** From 1 to 100. */
    quality?: number;
    /** WebP and AVIF. */
    lossless?: boolean;
    /** From 0, fast, to 9, small. */
    effort?: number;
    /** JPEG and PNG. */
    progressive?: boolean;
    /** The quality goes down until the file is no larger. */
    maxBytes?: number;
    /** "strip" is the default. */
    metadata?: "strip" | "keep";
  }

  export interface Metadata {
    format: "jpeg" | "png" | "webp" | "gif" | "avif";
    /** As it is shown: upright. */
    width: number;
    height: number;
    frames: number;
    /** EXIF's, from 1 to 8. */
    orientation: number;
    hasAlpha: boolean;
    space: string;
    hasProfile: boolean;
    hasExif: boolean;
    bytes: number;
  }

  /**
   * A picture and what is to become of it. Each method that changes it returns another Image, and nothing is done before something is to come out, in a process
   * that has nothing else to do. What cannot be done is a TypeError then, and what takes too much an OperationError.
   */
  export class Image {
    /** JPEG, PNG, WebP, GIF or AVIF, up to 25 MB and 50 megapixels. frames is how many of an animation are taken; 1 by default. */
    constructor(source: ArrayBuffer | ArrayBufferView | Blob | ReadableStream | Response, options?: { frames?: number });

    resize(options: ResizeOptions): Image;
    crop(options: CropOptions): Image;
    /** Adds space, in pixels. */
    extend(options: { top?: number; right?: number; bottom?: number; left?: number; background?: Color }): Image;
    /** Cuts off a border of one color. */
    trim(options?: { threshold?: number }): Image;
    /** Clockwise, in degrees. A picture stands upright as its EXIF says without being asked. */
    rotate(angle?: number, options?: { background?: Color }): Image;
    flip(direction?: "horizontal" | "vertical"): Image;

    overlay(image: Image | ArrayBuffer | ArrayBufferView | Blob | ReadableStream | Response, options?: OverlayOptions): Image;
    text(text: string, options?: TextOptions): Image;

    /** sigma is how far a pixel spreads, in pixels. */
    blur(sigma: number): Image;
    sharpen(options?: { sigma?: number; amount?: number }): Image;
    /** Factors: 1 changes nothing. */
    brightness(factor: number): Image;
    contrast(factor: number): Image;
    saturation(factor: number): Image;
    /** In degrees. */
    hue(angle: number): Image;
    gamma(exponent: number): Image;
    grayscale(): Image;
    negate(): Image;
    /** Puts a color behind what is transparent. */
    background(color: Color): Image;
    /** The same, white by default. */
    flatten(color?: Color): Image;
    /** Squares of one color, of this many pixels. */
    pixelate(size: number): Image;

    jpeg(options?: OutputOptions): Image;
    png(options?: OutputOptions): Image;
    webp(options?: OutputOptions): Image;
    avif(options?: OutputOptions): Image;
    gif(options?: OutputOptions): Image;
    /** AVIF or WebP where accept, given to toResponse or toBytes, names it; else what all clients show. The answer varies by Accept. */
    auto(options?: OutputOptions): Image;

    /** Of the source, before any change. */
    metadata(): Promise<Metadata>;
    /** A picture in some thirty characters (https://blurha.sh/). */
    blurhash(options?: { x?: number; y?: number }): Promise<string>;
    /** As "#rrggbb". */
    dominantColor(): Promise<string>;

    /** An answer with Content-Type, and Vary after auto(). headers are added. */
    toResponse(options?: { accept?: string | null; headers?: HeadersInit }): Promise<Response>;
    toBytes(options?: { accept?: string | null }): Promise<Uint8Array<ArrayBuffer>>;
  }
}
