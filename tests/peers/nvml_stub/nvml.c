/* A stand-in for NVIDIA's driver library, written from the documented interface: four GPUs that never existed.
 *
 *   0  a card that has everything; 312.345 W, its register runs with the clock
 *   1  a small card: no register, no field values, only power usage
 *   2  a card cut into MIG instances: one of 3g (half of the memory), one that is half of a 2g
 *   3  a card that fell off the bus
 *
 * NVML_STUB in the environment, read at every call, holds words:
 *   no-driver    the library is there, the driver is not      denied   the driver refuses this user
 *   all-lost     every card fell off the bus                  reloaded the registers begin anew
 * -DOLD_DRIVER leaves out what drivers before 2023 lack: field values, versioned process lists, MIG.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OK = 0, INVALID = 2, NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_FOUND = 6, TOO_SMALL = 7, NO_DRIVER = 9, LOST = 15 };
enum { FULL, SMALL, MIG, GONE, GPUS, HALF = GPUS, QUARTER, DEVICES };

typedef struct { int number; const char *uuid, *name; unsigned int usage_mw; } device;
typedef struct { unsigned long long total, free, used; } memory;
typedef struct { unsigned int gpu, memory; } rates;
typedef struct { unsigned int pid; unsigned long long used; unsigned int gi, ci; } process;
typedef struct { unsigned int sm, copy, decoder, encoder, jpeg, ofa, gpu_slices, compute_slices; unsigned long long mib; } attributes;
typedef struct {
  unsigned int id, scope; long long at, latency; unsigned int type; int status;
  union { double d; unsigned int ui; unsigned long long ull; } value;
} field;

static device devices[DEVICES] = {
  {FULL, "GPU-00000000-0000-0000-0000-000000000000", "NVIDIA H100 80GB HBM3", 305000},
  {SMALL, "GPU-11111111-1111-1111-1111-111111111111", "NVIDIA T400 4GB", 25500},
  {MIG, "GPU-22222222-2222-2222-2222-222222222222", "NVIDIA A100-SXM4-80GB", 240000},
  {GONE, "GPU-33333333-3333-3333-3333-333333333333", "NVIDIA H100 80GB HBM3", 0},
  {HALF, "MIG-44444444-4444-4444-4444-444444444444", "NVIDIA A100-SXM4-80GB MIG 3g.40gb", 0},
  {QUARTER, "MIG-55555555-5555-5555-5555-555555555555", "NVIDIA A100-SXM4-80GB MIG 1c.2g.20gb", 0},
};

static int told(const char *word) { const char *all = getenv("NVML_STUB"); return all && strstr(all, word) != NULL; }
static int lost(const device *d) { return d->number == GONE || told("all-lost"); }
static int is_mig(const device *d) { return d->number >= GPUS; }

int nvmlInitWithFlags(unsigned int flags) { (void)flags; return told("no-driver") ? NO_DRIVER : told("denied") ? NO_PERMISSION : OK; }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { (void)code; return "an error of the stub"; }
int nvmlSystemGetDriverVersion(char *text, unsigned int size) { snprintf(text, size, "550.54.15"); return OK; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = GPUS; return OK; }

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, device **found) {
  if (index >= GPUS) return INVALID;
  *found = &devices[index];
  return lost(*found) ? LOST : OK;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, device **found) {
  for (int i = 0; i < DEVICES; i++)
    if (!strcmp(devices[i].uuid, uuid)) { *found = &devices[i]; return lost(*found) ? LOST : OK; }
  return NOT_FOUND;
}

int nvmlDeviceGetUUID(device *d, char *text, unsigned int size) { snprintf(text, size, "%s", d->uuid); return OK; }
int nvmlDeviceGetName(device *d, char *text, unsigned int size) { snprintf(text, size, "%s", d->name); return OK; }

static unsigned long long energy_mj(const device *d) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  double seconds = now.tv_sec % 100000 + now.tv_nsec / 1e9;
  double base_mj = told("reloaded") ? 0 : 18e9; /* 5 kWh */
  return (unsigned long long)(base_mj + seconds * (d->number == FULL ? 312345.0 : 240000.0));
}

int nvmlDeviceGetTotalEnergyConsumption(device *d, unsigned long long *mj) {
  if (d->number == SMALL || is_mig(d)) return NOT_SUPPORTED;
  *mj = energy_mj(d);
  return lost(d) ? LOST : OK;
}

int nvmlDeviceGetPowerUsage(device *d, unsigned int *mw) {
  *mw = d->usage_mw;
  return is_mig(d) ? NOT_SUPPORTED : lost(d) ? LOST : OK;
}

int nvmlDeviceGetPowerManagementLimitConstraints(device *d, unsigned int *low, unsigned int *high) {
  *low = 100000;
  *high = d->number == MIG ? 400000 : 700000;
  return d->number == SMALL ? NOT_SUPPORTED : OK;
}

int nvmlDeviceGetUtilizationRates(device *d, rates *found) {
  found->gpu = d->number == FULL ? 87 : 3;
  found->memory = 40;
  return d->number == MIG || is_mig(d) ? NOT_SUPPORTED : OK; /* so says the MIG manual */
}

int nvmlDeviceGetTemperature(device *d, int sensor, unsigned int *degc) { (void)sensor; *degc = 61 - d->number; return OK; }
int nvmlDeviceGetMemoryInfo(device *d, memory *found) { (void)d; memset(found, 0, sizeof *found); found->total = 81920ULL << 20; return OK; }

#ifndef OLD_DRIVER
int nvmlDeviceGetFieldValues(device *d, int count, field *fields) {
  for (int i = 0; i < count; i++) {
    int known = fields[i].id == 185 || fields[i].id == 186;
    fields[i].status = known && d->number != SMALL ? OK : NOT_SUPPORTED;
    fields[i].type = 1;
    fields[i].value.ull = ~0ULL; /* what is not of the type is noise */
    fields[i].value.ui = d->number == FULL ? (fields[i].id == 186 ? 312345 : 300000) : 240000;
  }
  return OK;
}

int nvmlDeviceGetComputeRunningProcesses_v3(device *d, unsigned int *count, process *found) {
  unsigned int there = d->number == FULL ? 2 : 0, room = *count;
  *count = there;
  if (!there) return OK;
  if (room < there) return TOO_SMALL;
  found[0] = (process){4711, 1024ULL << 20, ~0U, ~0U};
  found[1] = (process){4712, ~0ULL, ~0U, ~0U}; /* memory not told */
  return OK;
}

int nvmlDeviceGetMigMode(device *d, unsigned int *now, unsigned int *pending) {
  *now = *pending = d->number == MIG;
  return d->number == SMALL ? NOT_SUPPORTED : OK;
}

int nvmlDeviceGetMaxMigDeviceCount(device *d, unsigned int *count) { *count = d->number == MIG ? 7 : 0; return OK; }

int nvmlDeviceGetMigDeviceHandleByIndex(device *d, unsigned int index, device **found) {
  if (d->number != MIG || index >= 2) return NOT_FOUND;
  *found = &devices[HALF + index];
  return OK;
}

int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(device *d, device **found) {
  if (!is_mig(d)) return INVALID;
  *found = &devices[MIG];
  return OK;
}

int nvmlDeviceGetAttributes_v2(device *d, attributes *found) {
  if (!is_mig(d)) return INVALID;
  memset(found, 0, sizeof *found);
  found->gpu_slices = d->number == HALF ? 3 : 2;
  found->compute_slices = d->number == HALF ? 3 : 1;
  found->mib = d->number == HALF ? 40192 : 19968; /* a little less than 4 and 2 eighths, as real ones are */
  return OK;
}
#endif
