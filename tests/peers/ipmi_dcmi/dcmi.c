/*
 * Lets ipmi_sim answer DCMI (Get Capabilities, Get Power Reading) and the chassis state from two files:
 *
 *   FOLDER/dcmi     "WATTS [STATE [CODE]]": state and completion code in hex; absent: no DCMI, as stock ipmi_sim
 *   FOLDER/chassis  "1" or "0"
 *
 * Both are read at each request, so values change while the simulator runs. FOLDER is the option of `loadlib`.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <OpenIPMI/mcserv.h>

#define DCMI_GROUP 0xdc
#define INVALID_COMMAND 0xc1
#define MEASURING 0x40

static char folder[4096];

static FILE *
open_file(const char *name, const char *mode)
{
    char path[4200];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return fopen(path, mode);
}

static void
put(unsigned char *to, unsigned long value, int bytes)
{
    for (; bytes; bytes--, value >>= 8)
	*to++ = value & 0xff;
}

static void
answer_capabilities(unsigned char *reply, unsigned int *length)
{
    static const unsigned char supported[] = { 0, DCMI_GROUP, 1, 5, 2, 0, 1, 1 };

    memcpy(reply, supported, sizeof(supported));
    *length = sizeof(supported);
}

static void
answer_power(unsigned char *reply, unsigned int *length, unsigned int watts, unsigned int state)
{
    reply[0] = 0;
    reply[1] = DCMI_GROUP;
    put(reply + 2, watts, 2);			/* now */
    put(reply + 4, watts / 2, 2);		/* minimum */
    put(reply + 6, watts > 32767 ? 65535 : watts * 2, 2);	/* maximum */
    put(reply + 8, watts, 2);			/* average */
    put(reply + 10, (unsigned long) time(NULL), 4);
    put(reply + 14, 1000, 4);			/* window in ms */
    reply[18] = state;
    *length = 19;
}

static void
answer_dcmi(lmc_data_t *mc, msg_t *msg, unsigned char *reply, unsigned int *length, void *unused)
{
    unsigned int watts = 0, state = MEASURING, code = 0;
    FILE *file = open_file("dcmi", "r");
    int read = file ? fscanf(file, "%u %x %x", &watts, &state, &code) : 0;

    if (file)
	fclose(file);
    if (read < 1)
	code = INVALID_COMMAND;
    if (!code && msg->cmd == 1)
	answer_capabilities(reply, length);
    else if (!code && msg->cmd == 2)
	answer_power(reply, length, watts, state);
    else {
	reply[0] = code ? code : INVALID_COMMAND;
	*length = 1;
    }
}

static int
get_chassis(lmc_data_t *mc, int op, unsigned char *value, void *unused)
{
    FILE *file = open_file("chassis", "r");
    int on = file ? fgetc(file) == '1' : 1;

    if (file)
	fclose(file);
    *value = on;
    return 0;
}

static int
set_chassis(lmc_data_t *mc, int op, unsigned char *value, void *unused)
{
    FILE *file = op == CHASSIS_CONTROL_POWER ? open_file("chassis", "w") : NULL;

    if (!file)
	return 0;
    fputc(*value ? '1' : '0', file);
    return fclose(file);
}

int
ipmi_sim_module_print_version(sys_data_t *sys, char *options)
{
    printf("wattlas dcmi module\n");
    return 0;
}

int
ipmi_sim_module_init(sys_data_t *sys, const char *options)
{
    snprintf(folder, sizeof(folder), "%s", options);
    ipmi_emu_register_group_extension_handler(DCMI_GROUP, answer_dcmi, NULL);
    return 0;
}

int
ipmi_sim_module_post_init(sys_data_t *sys)
{
    ipmi_mc_set_chassis_control_func(sys->ipmb_addrs[sys->bmc_ipmb], set_chassis, get_chassis, NULL);
    return 0;
}
