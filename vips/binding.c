#include "binding.h"

#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*free_fn)(void *, void *);

// All that is taken from the library. It is filled by hvips_open, before anything else.
static struct {
  int (*vips_init)(const char *);
  int (*vips_version)(int);
  void (*vips_concurrency_set)(int);
  void (*vips_cache_set_max)(int);
  char *(*vips_error_buffer_copy)(void);
  void *(*vips_operation_new)(const char *);
  int (*vips_object_build)(void *);
  void (*vips_object_unref_outputs)(void *);
  int (*vips_object_set_argument_from_string)(void *, const char *, const char *);
  void *(*vips_blob_new)(free_fn, const void *, size_t);
  const void *(*vips_blob_get)(void *, size_t *);
  void (*vips_area_unref)(void *);
  void *(*vips_array_double_new)(const double *, int);
  double *(*vips_array_double_get)(void *, int *);
  void *(*vips_array_image_new)(void **, int);
  int (*vips_image_get_width)(void *);
  int (*vips_image_get_height)(void *);
  int (*vips_image_get_bands)(void *);
  int (*vips_image_hasalpha)(void *);
  size_t (*vips_image_get_typeof)(void *, const char *);
  int (*vips_image_get_int)(void *, const char *, int *);
  int (*vips_image_get_array_int)(void *, const char *, int **, int *);
  int (*vips_image_get_interpretation)(void *);
  int (*vips_image_get_format)(void *);
  void (*vips_image_set_int)(void *, const char *, int);
  void (*vips_image_set_array_int)(void *, const char *, const int *, int);
  int (*vips_image_remove)(void *, const char *);
  void *(*vips_image_new_from_memory_copy)(const void *, size_t, int, int, int, int);
  void *(*vips_image_write_to_memory)(void *, size_t *);
  void *(*vips_image_copy_memory)(void *);
  void (*g_object_set)(void *, const char *, ...);
  void (*g_object_get)(void *, const char *, ...);
  void *(*g_object_class_find_property)(void *, const char *);
  void (*g_object_unref)(void *);
  void (*g_free)(void *);
} lib;

#define NAMES(X) \
  X(vips_init) X(vips_version) X(vips_concurrency_set) X(vips_cache_set_max) X(vips_error_buffer_copy) \
  X(vips_operation_new) X(vips_object_build) X(vips_object_unref_outputs) X(vips_object_set_argument_from_string) \
  X(vips_blob_new) X(vips_blob_get) X(vips_area_unref) X(vips_array_double_new) X(vips_array_double_get) \
  X(vips_array_image_new) X(vips_image_get_width) X(vips_image_get_height) X(vips_image_get_bands) X(vips_image_hasalpha) \
  X(vips_image_get_typeof) X(vips_image_get_int) X(vips_image_get_array_int) X(vips_image_get_interpretation) X(vips_image_get_format) \
  X(vips_image_set_int) X(vips_image_set_array_int) X(vips_image_remove) X(vips_image_new_from_memory_copy) \
  X(vips_image_write_to_memory) X(vips_image_copy_memory) X(g_object_set) X(g_object_get) \
  X(g_object_class_find_property) X(g_object_unref) X(g_free)

// Finds a function, in the library or in what it has brought along.
static int find(void *library, const char *name, void *where, char **message) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) {
    size_t n = strlen(name) + 80;
    *message = malloc(n);
    if (*message != NULL) snprintf(*message, n, "it has no function %s: it is not libvips, or an old one", name);
    return -1;
  }
  memcpy(where, &symbol, sizeof symbol);
  return 0;
}

int hvips_open(const char *path, char **message) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    *message = strdup(dlerror());
    return -1;
  }
#define FIND(name) \
  if (find(library, #name, &lib.name, message) != 0) return -1;
  NAMES(FIND)
#undef FIND
  if (lib.vips_init("hedge") != 0) {
    *message = hvips_error();
    return -1;
  }
  lib.vips_cache_set_max(0); // nobody asks for the same operation on the same image twice
  return 0;
}

int hvips_version(int part) { return lib.vips_version(part); }

void hvips_concurrency(int threads) { lib.vips_concurrency_set(threads); }

char *hvips_error(void) {
  char *text = lib.vips_error_buffer_copy();
  char *copy = strdup(text);
  lib.g_free(text);
  return copy;
}

hvips_operation *hvips_new(const char *name) { return lib.vips_operation_new(name); }

// The first word of each GObject is its class.
int hvips_has(hvips_operation *op, const char *name) { return lib.g_object_class_find_property(*(void **)op, name) != NULL; }

void hvips_set_int(hvips_operation *op, const char *name, int value) { lib.g_object_set(op, name, value, (void *)NULL); }

void hvips_set_double(hvips_operation *op, const char *name, double value) { lib.g_object_set(op, name, value, (void *)NULL); }

int hvips_set_text(hvips_operation *op, const char *name, const char *value) {
  return lib.vips_object_set_argument_from_string(op, name, value);
}

void hvips_set_image(hvips_operation *op, const char *name, hvips_image *value) { lib.g_object_set(op, name, value, (void *)NULL); }

// Sets an argument that is counted, and lets go of it: the operation holds it from then on.
static void set_area(hvips_operation *op, const char *name, void *area) {
  lib.g_object_set(op, name, area, (void *)NULL);
  lib.vips_area_unref(area);
}

void hvips_set_images(hvips_operation *op, const char *name, hvips_image **values, int n) {
  set_area(op, name, lib.vips_array_image_new(values, n));
}

void hvips_set_doubles(hvips_operation *op, const char *name, double *values, int n) {
  set_area(op, name, lib.vips_array_double_new(values, n));
}

static int free_copy(void *bytes, void *unused) {
  (void)unused;
  free(bytes);
  return 0;
}

int hvips_set_bytes(hvips_operation *op, const char *name, const void *bytes, size_t n) {
  void *copy = malloc(n > 0 ? n : 1);
  if (copy == NULL) return -1;
  memcpy(copy, bytes, n);
  set_area(op, name, lib.vips_blob_new(free_copy, copy, n));
  return 0;
}

void hvips_lend_bytes(hvips_operation *op, const char *name, const void *bytes, size_t n) {
  set_area(op, name, lib.vips_blob_new(NULL, bytes, n));
}

int hvips_build(hvips_operation *op) { return lib.vips_object_build(op); }

hvips_image *hvips_get_image(hvips_operation *op, const char *name) {
  void *image = NULL;
  lib.g_object_get(op, name, &image, (void *)NULL);
  return image;
}

int hvips_get_int(hvips_operation *op, const char *name) {
  int value = 0;
  lib.g_object_get(op, name, &value, (void *)NULL);
  return value;
}

void *hvips_get_bytes(hvips_operation *op, const char *name, size_t *n) {
  void *blob = NULL;
  lib.g_object_get(op, name, &blob, (void *)NULL);
  if (blob == NULL) return NULL;
  const void *bytes = lib.vips_blob_get(blob, n);
  void *copy = malloc(*n > 0 ? *n : 1);
  if (copy != NULL) memcpy(copy, bytes, *n);
  lib.vips_area_unref(blob);
  return copy;
}

int hvips_get_doubles(hvips_operation *op, const char *name, double *values, int n) {
  void *array = NULL;
  lib.g_object_get(op, name, &array, (void *)NULL);
  if (array == NULL) return 0;
  int have = 0;
  double *list = lib.vips_array_double_get(array, &have);
  if (have > n) have = n;
  memcpy(values, list, (size_t)have * sizeof *values);
  lib.vips_area_unref(array);
  return have;
}

void hvips_free(hvips_operation *op) {
  lib.vips_object_unref_outputs(op);
  lib.g_object_unref(op);
}

void hvips_release(hvips_image *image) { lib.g_object_unref(image); }

int hvips_width(hvips_image *image) { return lib.vips_image_get_width(image); }
int hvips_height(hvips_image *image) { return lib.vips_image_get_height(image); }
int hvips_bands(hvips_image *image) { return lib.vips_image_get_bands(image); }
int hvips_has_alpha(hvips_image *image) { return lib.vips_image_hasalpha(image); }

int hvips_has_field(hvips_image *image, const char *name) { return lib.vips_image_get_typeof(image, name) != 0; }

int hvips_field_int(hvips_image *image, const char *name, int *value) {
  return hvips_has_field(image, name) ? lib.vips_image_get_int(image, name, value) : -1;
}

int hvips_field_ints(hvips_image *image, const char *name, int *values, int most) {
  int *list = NULL, n = 0;
  if (!hvips_has_field(image, name) || lib.vips_image_get_array_int(image, name, &list, &n) != 0) return 0;
  if (n > most) n = most;
  memcpy(values, list, (size_t)n * sizeof *values);
  return n;
}

int hvips_interpretation(hvips_image *image) { return lib.vips_image_get_interpretation(image); }
int hvips_format(hvips_image *image) { return lib.vips_image_get_format(image); }

void hvips_put_int(hvips_image *image, const char *name, int value) { lib.vips_image_set_int(image, name, value); }

void hvips_put_ints(hvips_image *image, const char *name, int *values, int n) {
  lib.vips_image_set_array_int(image, name, values, n);
}

void hvips_drop_field(hvips_image *image, const char *name) { lib.vips_image_remove(image, name); }

hvips_image *hvips_from_pixels(const void *pixels, size_t n, int width, int height, int bands) {
  return lib.vips_image_new_from_memory_copy(pixels, n, width, height, bands, 0 /* VIPS_FORMAT_UCHAR */);
}

void *hvips_pixels(hvips_image *image, size_t *n) {
  void *pixels = lib.vips_image_write_to_memory(image, n);
  if (pixels == NULL) return NULL;
  void *copy = malloc(*n > 0 ? *n : 1);
  if (copy != NULL) memcpy(copy, pixels, *n);
  lib.g_free(pixels);
  return copy;
}

hvips_image *hvips_copy_in_memory(hvips_image *image) { return lib.vips_image_copy_memory(image); }

void hvips_trim(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
