// The functions of libvips and GObject that are used, found in the library by their
// names, so that neither headers nor the library are needed to build. libvips has all of
// them since 8.9, under one soname.
#ifndef HEDGE_VIPS_BINDING_H
#define HEDGE_VIPS_BINDING_H

#include <stddef.h>

typedef void hvips_operation;
typedef void hvips_image;

// Loads the library, and starts it. Returns 0, or -1 with a message for free().
int hvips_open(const char *path, char **message);

// The part of the version: 0 major, 1 minor, 2 micro.
int hvips_version(int part);

// How many threads an operation computes with.
void hvips_concurrency(int threads);

// What went wrong since the last call, for free().
char *hvips_error(void);

// A new operation, or NULL if there is none of this name.
hvips_operation *hvips_new(const char *name);

// Whether an operation has an argument of this name.
int hvips_has(hvips_operation *op, const char *name);

// Arguments. A set of an array or of bytes copies them.
void hvips_set_int(hvips_operation *op, const char *name, int value);
void hvips_set_double(hvips_operation *op, const char *name, double value);
int hvips_set_text(hvips_operation *op, const char *name, const char *value);
void hvips_set_image(hvips_operation *op, const char *name, hvips_image *value);
void hvips_set_images(hvips_operation *op, const char *name, hvips_image **values, int n);
void hvips_set_doubles(hvips_operation *op, const char *name, double *values, int n);
int hvips_set_bytes(hvips_operation *op, const char *name, const void *bytes, size_t n);
// As hvips_set_bytes, without a copy: the bytes outlive all that is made of them.
void hvips_lend_bytes(hvips_operation *op, const char *name, const void *bytes, size_t n);

// Runs the operation, or prepares what will run when its output is used. 0 if all is well.
int hvips_build(hvips_operation *op);

// Results of an operation that was built: an image is the caller's, to be given to
// hvips_release; bytes are a copy for free(), and doubles are written to values, at most n.
hvips_image *hvips_get_image(hvips_operation *op, const char *name);
int hvips_get_int(hvips_operation *op, const char *name);
void *hvips_get_bytes(hvips_operation *op, const char *name, size_t *n);
int hvips_get_doubles(hvips_operation *op, const char *name, double *values, int n);

// Lets go of an operation, and of what it has made that nobody took.
void hvips_free(hvips_operation *op);
void hvips_release(hvips_image *image);

int hvips_width(hvips_image *image);
int hvips_height(hvips_image *image);
int hvips_bands(hvips_image *image);
int hvips_has_alpha(hvips_image *image);
int hvips_interpretation(hvips_image *image); // VipsInterpretation
int hvips_format(hvips_image *image);         // VipsBandFormat

// Metadata. 0 if the image has it, and it is of this type.
int hvips_field_int(hvips_image *image, const char *name, int *value);
int hvips_field_ints(hvips_image *image, const char *name, int *values, int most);
int hvips_has_field(hvips_image *image, const char *name);
void hvips_put_int(hvips_image *image, const char *name, int value);
void hvips_put_ints(hvips_image *image, const char *name, int *values, int n);
void hvips_drop_field(hvips_image *image, const char *name);

// A new image over pixels, which are copied: 8 bits for each band.
hvips_image *hvips_from_pixels(const void *pixels, size_t n, int width, int height, int bands);

// The pixels of an image, for free().
void *hvips_pixels(hvips_image *image, size_t *n);

// A copy whose metadata can be changed, with its pixels as they are.
hvips_image *hvips_copy_in_memory(hvips_image *image);

// Gives memory that is free back to the system.
void hvips_trim(void);

#endif
