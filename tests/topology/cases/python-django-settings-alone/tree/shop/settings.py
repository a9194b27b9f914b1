INSTALLED_APPS = ["django.contrib.admin"]
ROOT_URLCONF = "shop.urls"
