ROOT_URLCONF = "quay.urls"
