static int *Value = 0;
